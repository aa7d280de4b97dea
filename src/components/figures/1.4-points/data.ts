// The noise schedule that figure 1.4's points walk by: that of the notebook's model.
import { shippedSchedule } from '../../../siteData/schedule.ts';

export default (): unknown => shippedSchedule();
